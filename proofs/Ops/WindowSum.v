(* The adjoint of a windowed sum is a windowed sum of the spread cotangent: any stride, dilations, padding. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Base.Axes Syntax Ops.Op Ops.Curve Ops.Builder
  Ops.BuilderProof Ops.WindowIndex Ops.WindowDeriv Ops.WindowEmit.
Import ListNotations.
Open Scope R_scope.

(* A windowed sum is the linear map whose relation is in_window. *)
Lemma window_sum_lin w si x o : Sum x (window_at w si o) = linapp si (in_window (window_slidings w si)) x o.
Proof. apply sum_filter. Qed.

(* d.x[i] = sum of ct[o] over the windows o that i lies in *)
Definition sum_cotangent (l : list sliding) (dy : tensor) : tensor :=
  linapp (window_counts l) (fun i o => in_window l o i) dy.
Lemma sum_cotangent_adjoint w si dy dx :
  dotp (window_counts (window_slidings w si)) dy (fun o => Sum dx (window_at w si o))
  = dotp si (sum_cotangent (window_slidings w si) dy) dx.
Proof.
  unfold sum_cotangent. rewrite <- lin_adjoint. apply dotp_ext; auto. intros; apply window_sum_lin.
Qed.

(* Windows of one element, one stride apart: the adjoint windowed sum is the identity. *)
Lemma adjoint_identity l i : forallb (fun s => (d_window s =? 1) && (d_base s =? 1))%Z l = true ->
  length i = length l -> forall p, in_window (adjoint_slidings l) i p = ieqb p i.
Proof.
  revert i; induction l as [|s l IH]; intros [|b i] H L [|q p]; simpl in *; try discriminate; auto.
  apply andb_prop in H as [H1 H2]. apply andb_prop in H1 as [Hw Hb]. apply Z.eqb_eq in Hw, Hb.
  fold (adjoint_slidings l). rewrite IH by auto. f_equal. rewrite Hw, Hb. unfold sliding_meets; simpl.
  apply eq_true_iff_eq. rewrite orb_false_r, !Z.eqb_eq. lia.
Qed.
Lemma identity_extent l : Forall slides l ->
  forallb (fun s => (d_window s =? 1) && (d_base s =? 1))%Z l = true -> map spread_extent l = map d_input l.
Proof.
  intros S. induction S as [|s l S _ IH]; simpl; auto. intros H. apply andb_prop in H as [H1 H2].
  apply andb_prop in H1 as [Hw Hb]. apply Z.eqb_eq in Hw, Hb. f_equal; auto.
  unfold spread_extent, reach. rewrite Hw, Hb, dilated_one. lia.
Qed.

(* Summed over the adjoint windows, the spread cotangent is the adjoint. *)
Lemma sum_spread_cotangent l dy i : Forall slides l -> inb (map d_input l) i = true ->
  Sum (fun p => if in_window (adjoint_slidings l) i p
                then spread (map spread_low l) (map (fun s => d_stride s - 1)%Z l)
                       (window_counts l) dy 0 p else 0)
      (indices (map spread_extent l)) = sum_cotangent l dy i.
Proof.
  intros S Hi. rewrite sum_spread.
  - apply sum_ext; intros o Ho. apply in_indices in Ho. simpl. rewrite spread_meets; auto.
  - apply pads_stride; auto.
  - unfold window_counts. rewrite !map_length; auto.
Qed.
Lemma makes_sum_cotangent L l ct dy e : Forall slides l -> holds L ct dy -> snd ct = (e, window_counts l) ->
  makes (emit_sum_cotangent l ct (e, map d_input l)) L (e, map d_input l) (sum_cotangent l dy).
Proof.
  intros S H T. unfold emit_sum_cotangent. eapply makes_bind.
  { apply (makes_pad L ct dy dzero _ _ _ e (window_counts l)); auto using pads_stride.
    unfold window_counts; rewrite !map_length; auto. }
  rewrite spread_shape, decimal_zero. intros p L' X Tp Hp.
  destruct (forallb _ l) eqn:I.
  - apply makes_ret. rewrite Tp, identity_extent; auto. eapply holds_ext; [|exact Hp].
    unfold vshape; rewrite Tp; simpl. intros i Hi. rewrite identity_extent in Hi by auto.
    rewrite <- sum_spread_cotangent by auto. rewrite identity_extent by auto.
    erewrite sum_ext;
      [symmetry; apply (sum_delta ieqb ieqb_eq); [apply NoDup_indices|apply in_indices; auto]|].
    intros q _. simpl. rewrite adjoint_identity; auto. rewrite (inb_length _ _ Hi), map_length; auto.
  - eapply makes_ext; [|apply makes_emit]. simpl. intros i Hi. rewrite Tp; simpl.
    unfold sem_reduce_window; simpl.
    rewrite window_sum_lin, <- sum_spread_cotangent by auto.
    apply sum_ext; intros q Hq. apply in_indices in Hq.
    fold (adjoint_slidings l). destruct (in_window (adjoint_slidings l) i q); auto.
    apply (holds_at L' p _ (map spread_extent l)); auto. unfold vshape; rewrite Tp; auto.
Qed.
