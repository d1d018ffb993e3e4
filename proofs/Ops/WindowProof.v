(* Pooling's VJPs are exact. *)
From Coq Require Import Reals ZArith List Bool Lra Lia FunctionalExtensionality.
From Pullback Require Import Base.Scalar Base.Index Base.Real Base.Axes Syntax Ops.Op Ops.Curve Ops.Builder
  Ops.BuilderProof Ops.WindowIndex Ops.WindowEmit Ops.FirstMaximum.
From Pullback Require Export Ops.WindowDeriv Ops.WindowSum.
Import ListNotations.
Open Scope R_scope.

(* A reduction depends on its elements alone. *)
Lemma argmax_ext K (x y : tensor) : (forall i, In i K -> x i = y i) -> argmax Rscal K x = argmax Rscal K y.
Proof.
  destruct K as [|a K]; simpl; auto. intros E. f_equal. assert (Ea : x a = y a) by auto.
  assert (EK : forall i, In i K -> x i = y i) by auto. clear E. revert a Ea EK.
  induction K as [|b K IH]; simpl; intros a Ea EK; auto. rewrite Ea, (EK b) by auto.
  apply IH; auto. destruct (Rltb (y a) (y b)); auto.
Qed.
Lemma sem_reduction_ext k K (x y : tensor) : (forall i, In i K -> x i = y i) ->
  sem_reduction Rscal k K x = sem_reduction Rscal k K y.
Proof.
  intros E. destruct k; simpl. apply sum_ext; auto. rewrite (argmax_ext K x y E).
  destruct (argmax Rscal K y) as [i|] eqn:A; auto. apply E. eapply argmax_in; eauto.
Qed.
(* r at the first maximum of window o *)
Definition at_argmax w si (x : tensor) (o : idx) (r : idx -> R) : R :=
  match argmax Rscal (window_at w si o) x with Some j => r j | None => 0 end.
(* the cotangent that each output sends to its window's first maximum *)
Definition scattered w si (x dy : tensor) : tensor := fun i =>
  Sum (fun o => at_argmax w si x o (fun j => if ieqb j i then dy o else 0))
    (indices (window_counts (window_slidings w si))).

(* The first hit among the window's elements is where the operand has its first maximum. *)
Lemma find_hit w si x maximum o j : window_typed w si -> let l := window_slidings w si in
  inb (window_counts l) o = true -> argmax Rscal (window_at w si o) x = Some j -> maximum o = x j ->
  exists k, find (fun k => hit l x maximum k o) (indices (map d_window l)) = Some k /\ tap_at l o k = Some j.
Proof.
  intros [H1 H2] l Ho A M. rewrite window_at_found in A; auto using inb_counts_length.
  unfold hit. rewrite M. apply find_first; auto.
Qed.
(* So what the masks let through, summed over the elements, is what lies at the argmax. *)
Lemma first_total_argmax w si x maximum o G r : window_typed w si -> let l := window_slidings w si in
  inb (window_counts l) o = true -> windows_full l = true ->
  (forall j, argmax Rscal (window_at w si o) x = Some j -> maximum o = x j) ->
  (forall k j, inb (map d_window l) k = true -> tap_at l o k = Some j -> G k = r j) ->
  first_total (fun k => hit l x maximum k o) G (indices (map d_window l)) false = at_argmax w si x o r.
Proof.
  intros T l Ho W M E. unfold at_argmax. destruct (window_argmax w si x o T W Ho) as [j A]. rewrite A.
  destruct (find_hit w si x maximum o j T Ho A (M j A)) as (k & F & K).
  rewrite first_total_find. unfold l in *. rewrite F. apply E; auto. apply find_some in F as [F _].
  apply in_indices; auto.
Qed.

Section Unrolled.
Variables (w : list window_dim) (si : shape) (T : window_typed w si) (e : elt).
Notation l := (window_slidings w si).
Notation so := (window_counts l).
Notation elements := (indices (map d_window l)).
Notation strides := (map (fun s => (d_stride s - 1)%Z) l).
Notation bases := (map (fun s => (d_base s - 1)%Z) l).
Variables (x maximum dy : tensor).
Hypothesis full : windows_full l = true.
Hypothesis maximum_is : forall o j, inb so o = true ->
  argmax Rscal (window_at w si o) x = Some j -> maximum o = x j.
Let S : Forall slides l := wt_slides w si T.
Let inputs : map d_input l = si := slidings_input w si (wt_rank w si T).
Lemma inb_elements k : In k elements -> inb (map d_window l) k = true.
Proof. apply in_indices. Qed.
Lemma element_length k : inb (map d_window l) k = true -> length k = length l.
Proof. intros H. apply inb_length in H. rewrite map_length in H; auto. Qed.

(* ---- reduce_window max with dilation: d.x = sum over k of put_back_k(mask_k * ct) ---- *)
(* what element k's mask puts back, at position p of the padded operand *)
Definition put_back (k : idx) (b : idx -> bool) : tensor := fun p =>
  Sum (fun o => if ieqb (position l o k) p then (if b o then dy o else 0) else 0) (indices so).
Lemma makes_put_back L k part (b : idx -> bool) : inb (map d_window l) k = true -> snd part = (e, so) ->
  holds L part (fun o => if b o then dy o else 0) ->
  makes (emit_put_back l (map padded_extent l) k part) L (e, map padded_extent l) (put_back k b).
Proof.
  intros Hk Tp Hp. pose proof (element_length k Hk) as Lk.
  assert (Ls : length so = length l) by (unfold window_counts; apply map_length).
  assert (P : pads (element_start l k) strides so).
  { destruct (pads_stride d_low l S) as (_ & P2 & P3). split; auto.
    rewrite Ls. apply element_start_length; auto. }
  unfold emit_put_back. rewrite <- (put_back_shape l k Lk) at 2.
  eapply makes_ext; [|apply (makes_pad L part _ dzero _ _ _ e so Hp Tp P)].
  - intros p Hp'. cbn [snd] in Hp'. rewrite put_back_shape in Hp' by auto. rewrite decimal_zero.
    apply inb_length in Hp'. rewrite map_length in Hp'. rewrite spread_sum by (auto; congruence).
    apply sum_ext; intros o Ho. apply in_indices in Ho.
    rewrite pad_target_position; auto using inb_counts_length.
  - rewrite minus2_length, map_length; auto; rewrite ?map_length, element_start_length; auto.
Qed.
(* All that is put back: for each output, at the position of its first maximum. *)
Lemma total_put_back K taken p : hits_total l x maximum put_back K taken p
  = Sum (fun o => first_total (fun k => hit l x maximum k o)
                    (fun k => if ieqb (position l o k) p then dy o else 0) K (taken o)) (indices so).
Proof.
  revert taken; induction K as [|k K IH]; intros taken; simpl.
  - unfold tz. rewrite sum_0; auto.
  - rewrite IH. unfold put_back. rewrite <- sum_plus. apply sum_ext; intros o _. f_equal.
    destruct ieqb, (hit l x maximum k o && negb (taken o)); auto.
Qed.
(* What lies on the operand is the scattered cotangent. *)
Lemma unpadded_total i : inb si i = true ->
  let p := pad_target (map d_low l) bases i in
  (if inb (map padded_extent l) p then hits_total l x maximum put_back elements (fun _ => false) p else 0)
  = scattered w si x dy i.
Proof.
  intros Hi p. transitivity (Sum (fun o => first_total (fun k => hit l x maximum k o)
    (fun k => if ieqb (position l o k) p then dy o else 0) elements false) (indices so)).
  - destruct (inb (map padded_extent l) p) eqn:E. apply total_put_back.
    symmetry. rewrite (sum_ext _ (fun _ => 0)). apply sum_0. intros o Ho. apply in_indices in Ho.
    rewrite first_total_find. destruct (find _ _) as [k|] eqn:F; auto. apply find_some in F as [F _].
    destruct (ieqb (position l o k) p) eqn:Q; auto. apply ieqb_eq in Q.
    pose proof (position_inb l o k S Ho (inb_elements k F)). congruence.
  - apply sum_ext; intros o Ho. apply in_indices in Ho. apply first_total_argmax; auto.
    intros k j Hk Tk. unfold p.
    rewrite (tap_position l o k i j); auto using inb_counts_length, element_length.
    rewrite inputs; auto.
Qed.
Lemma wp_maximum_cotangent L xv rv ct (Q : option val -> list tensor -> Prop) :
  holds L xv x -> snd xv = (e, si) ->
  holds L rv maximum -> snd rv = (e, so) -> holds L ct dy -> snd ct = (e, so) ->
  (forall y L', sum_holds (e, si) L' y (scattered w si x dy) -> Q y L') ->
  wp (emit_maximum_cotangent l xv rv ct) L Q.
Proof.
  intros Hx Tx Hr Tr Hc Tc C. unfold emit_maximum_cotangent.
  eapply (wp_first_maximum l S x maximum e); eauto. { rewrite inputs; auto. }
  intros f L1 X1 Hf. rewrite Tc.
  eapply wp_makes; [apply makes_constant|]. rewrite decimal_zero. intros z L2 X2 Tz Hz.
  assert (Hf2 : fm_holds l x maximum e L2 f) by (eapply fm_extends; eauto).
  destruct (fm_padded _ _ _ _ _ _ Hf2) as [Tf _]. unfold vshape. rewrite Tf; simpl.
  apply wp_bind. eapply (wp_hits l S x maximum e L2 (e, map padded_extent l) _ put_back) with
    (y := tz) (T := fun _ => false) (H := fun _ => false);
    eauto using extends_refl, inb_elements; simpl; auto.
  - intros L3 k m b X3 Hk Hm. eapply makes_bind.
    + apply (makes_select l L3 m b ct dy z (e, so)); auto.
      * carry.
      * carry.
    + intros part L4 X4 Tp Hp. apply makes_put_back; auto.
  - intros s L3 X3 Hs. destruct s as [v|].
    + destruct Hs as [Tv Hv]. eapply wp_makes; [apply makes_unpadded; eauto|]. intros u L4 X4 Tu Hu.
      rewrite inputs in Tu.
      apply wp_ret, C. split; auto. eapply holds_ext; [|exact Hu].
      unfold vshape; rewrite Tu; simpl. intros i Hi.
      rewrite <- unpadded_total by auto. destruct (inb (map padded_extent l) _); auto.
      unfold tz. apply Rplus_0_l.
    + apply wp_ret, C. intros i Hi. simpl in Hi. rewrite <- unpadded_total by auto.
      destruct (inb (map padded_extent l) _) eqn:E; auto. specialize (Hs _ E). unfold tz in Hs. lra.
Qed.

(* ---- select_and_scatter: d.source = sum over k of mask_k * ct[o, k] ---- *)
Notation padded := (spread (map d_low l) bases (map d_input l) dy 0).
Definition picked (k : idx) (b : idx -> bool) : tensor := fun o => if b o then padded (position l o k) else 0.
Lemma total_picked K taken o : hits_total l x maximum picked K taken o
  = first_total (fun k => hit l x maximum k o) (fun k => padded (position l o k)) K (taken o).
Proof. revert taken; induction K as [|k K IH]; intros taken; simpl; auto. rewrite IH. auto. Qed.
Lemma wp_source_cotangent L xv ct (Q : option val -> list tensor -> Prop) :
  holds L xv x -> snd xv = (e, si) -> holds L ct dy -> snd ct = (e, si) ->
  maximum = sem_reduce_window Rscal RMax w si x ->
  (forall y L', sum_holds (e, so) L' y (fun o => at_argmax w si x o dy) -> Q y L') ->
  wp (emit_source_cotangent w l xv ct (e, so)) L Q.
Proof.
  intros Hx Tx Hc Tc M C. unfold emit_source_cotangent.
  eapply (wp_makes _ _ _ (e, so) maximum).
  { eapply makes_ext; [|apply makes_emit]. intros o Ho. rewrite M.
    change (sem_reduction Rscal RMax (window_at w (snd (snd xv)) o) (value L xv)
            = sem_reduction Rscal RMax (window_at w si o) x).
    rewrite Tx. apply sem_reduction_ext. intros i Hi. apply window_at_inb in Hi.
    apply (holds_at L xv x si); auto. unfold vshape; rewrite Tx; auto. }
  intros m L1 X1 Tm Hm.
  eapply (wp_first_maximum l S x maximum e); eauto.
  { carry. } { rewrite inputs; auto. }
  intros f L2 X2 Hf.
  eapply wp_makes; [apply (makes_padded l S L2 ct dy dzero e); [|rewrite inputs; auto]|].
  { carry. }
  rewrite decimal_zero. intros p L3 X3 Tp Hp.
  eapply wp_makes; [apply makes_constant|]. rewrite decimal_zero. intros z L4 X4 Tz Hz.
  assert (X24 : extends L2 L4) by (eapply extends_trans; eauto).
  unfold emit_all_hits. eapply (wp_hits l S x maximum e L4 (e, so) _ picked) with
    (y := tz) (T := fun _ => false) (H := fun _ => false);
    eauto using extends_refl, inb_elements, fm_extends; simpl; auto.
  - intros L5 k h b X5 Hk Hh. eapply makes_bind.
    + apply (makes_elements l S L5 k p padded e); auto. carry.
    + intros v L6 X6 Tv Hv.
      apply (makes_select l L6 h b v (fun o => padded (position l o k)) z (e, so)); auto; try carry.
      eapply mask_extends; eauto.
  - intros s L5 X5 Hs. apply C. eapply sum_ext_holds; [|exact Hs]. simpl. intros o Ho. rewrite total_picked.
    unfold tz. rewrite Rplus_0_l. simpl. apply first_total_argmax; auto. intros k j Hk Tk.
    rewrite padded_position; auto. rewrite Tk; auto.
Qed.
End Unrolled.

(* ---- the two theorems ---- *)
(* one contribution, or none that stands for zero *)
Lemma contribution t L y g d : sum_holds t L y g ->
  match option_map fst y with Some k => dotp (snd t) (nth k L tz) d | None => 0 end = dotp (snd t) g d.
Proof.
  destruct y as [v|]; simpl.
  - intros [Tv [_ H]]. apply dotp_ext; auto. unfold value, vshape in H. rewrite Tv in H. auto.
  - intros H. rewrite (dotp_ext _ g (fun _ => 0) d d); auto. rewrite dotp_0_l; auto.
Qed.
Lemma dotp_zero_r s a b : (forall i, inb s i = true -> b i = 0) -> dotp s a b = 0.
Proof. intros H. rewrite (dotp_ext s a a b tz), dotp_tz_r; auto. Qed.
Lemma window_at_empty w si o : numel si = 0%Z -> window_at w si o = [].
Proof. intros H. unfold window_at. rewrite indices_empty; auto. Qed.

(* A template that is nothing but a constant zero. *)
Lemma makes_zero L t : makes (emit_constant t dzero) L t (fun _ => 0).
Proof. rewrite <- decimal_zero. apply makes_constant. Qed.

(* <dy, jvp dx> = <d.x, dx>: a windowed sum's adjoint is a windowed sum, a maximum's is select_and_scatter. *)
Theorem reduce_window_vjp_correct k w :
  vjp_spec (ReduceWindow k w) (jvp_reduce_window k w) (ok_reduce_window k w).
Proof.
  intros needs ats rt tm outs vs ds dy I F V Ln Lv Ld St _.
  destruct (reduce_window_typed _ _ _ _ I) as (e & si & -> & -> & T & W).
  destruct needs as [|n [|]], vs as [|x [|]], ds as [|dx [|]]; try discriminate.
  set (l := window_slidings w si) in *. set (so := window_counts l) in *. set (rt := (e, so)) in *.
  pose (y := sem Rscal (ReduceWindow k w) [(e, si)] rt [x]). fold y.
  pose proof (wt_slides w si T) as S. fold l in S.
  pose proof (slidings_input w si (wt_rank w si T)) as E. fold l in E.
  simpl in V. injection V as V. set (m := if negb n then _ else _) in V.
  replace tm with (fst (built 1 m)) by (rewrite V; auto).
  replace outs with (snd (built 1 m)) by (rewrite V; auto).
  clear V. apply pairing_built; auto. unfold m; clear m. simpl app.
  assert (H0 : holds [x; y; dy] (0%nat, (e, si)) x) by (split; simpl; auto; lia).
  assert (H1 : holds [x; y; dy] (1%nat, rt) (sem_reduce_window Rscal k w si x)).
  { split. simpl; lia. intros o Ho. unfold value; simpl. unfold y. rewrite sem_in; auto. }
  assert (H2 : holds [x; y; dy] (2%nat, rt) dy) by (split; simpl; auto; lia).
  destruct n; simpl negb; cbv iota.
  2:{ (* no cotangent needed: x does not move *)
    apply wp_ret. simpl. pose proof (St 0%nat eq_refl) as Z. simpl in Z. subst dx.
    rewrite Rplus_0_r. symmetry.
    apply dotp_zero_r. intros o _. unfold jvp_reduce_window, tz. cbn [map snd]. destruct k;
     [apply sum_0|destruct (argmax Rscal (window_at w si o) x); auto]. }
  (* it remains to say what the contribution is *)
  assert (C : forall (r : option val) L' g, sum_holds (e, si) L' r g ->
    dotp si g dx = dotp so dy (jvp_reduce_window k w [(e, si)] rt [x] [dx]) ->
    pairing [(e, si)] [true] (map (option_map fst) [r]) [dx] L'
    = dotp (snd rt) dy (jvp_reduce_window k w [(e, si)] rt [x] [dx])).
  { intros r L' g Hr G. simpl map. cbn [pairing].
    rewrite (contribution (e, si) L' r g dx Hr), Rplus_0_r. auto. }
  destruct (is_empty (e, si) || is_empty rt) eqn:Em.
  { eapply wp_makes; [apply makes_zero|]. intros z L' X Tz Hz. apply wp_ret.
    apply C with (g := fun _ => 0). split; auto. rewrite dotp_0_l. symmetry.
    apply orb_prop in Em as [Em|Em]; apply Z.eqb_eq in Em; simpl in Em.
    - apply dotp_zero_r. intros o _. unfold jvp_reduce_window. cbn [map snd].
      rewrite window_at_empty by auto. destruct k; auto.
    - apply dotp_empty; auto. }
  destruct k.
  - (* add *)
    pose proof (makes_sum_cotangent _ l _ dy e S H2 eq_refl) as K. rewrite E in K.
    eapply wp_makes; [exact K|]. intros z L' X Tz Hz. apply wp_ret.
    apply C with (g := sum_cotangent l dy). { split; auto. }
    symmetry. apply sum_cotangent_adjoint.
  - (* max *)
    assert (A : dotp si (scattered w si x dy) dx
                = dotp so dy (jvp_reduce_window RMax w [(e, si)] rt [x] [dx])).
    { symmetry. apply (argmax_routing so si (fun o => argmax Rscal (window_at w si o) x) dy dx).
      intros o i _ Ha. apply argmax_in in Ha. eapply window_at_inb; eauto. }
    destruct (has_dilation w).
    + apply wp_bind.
      eapply (wp_maximum_cotangent w si T e x (sem_reduce_window Rscal RMax w si x) dy (W eq_refl)); eauto.
      * intros o j _ Ha. unfold sem_reduce_window; simpl. rewrite Ha; auto.
      * intros r L' Hr. apply wp_ret. eapply C; eauto.
    + eapply (wp_makes _ _ _ (e, si) (scattered w si x dy)).
      { eapply makes_ext; [|apply makes_emit]. intros i _. reflexivity. }
      intros z L' X Tz Hz. apply wp_ret. apply C with (g := scattered w si x dy); auto. split; auto.
Qed.

(* <dy, jvp d.source> = <d.source, dy at the argmax>; the operand only selects. *)
Theorem select_and_scatter_vjp_correct w :
  vjp_spec (SelectAndScatter w) (jvp_select_and_scatter w) (ok_select_and_scatter w).
Proof.
  intros needs ats rt tm outs vs ds dy I F V Ln Lv Ld St _.
  destruct (select_and_scatter_typed _ _ _ I) as (e & si & -> & -> & T & W & _).
  destruct needs as [|n0 [|n [|]]], vs as [|x [|s [|]]], ds as [|dx [|d [|]]]; try discriminate.
  set (l := window_slidings w si) in *. set (so := window_counts l) in *.
  pose (y := sem Rscal (SelectAndScatter w) [(e, si); (e, so)] (e, si) [x; s]). fold y.
  simpl in V. injection V as V. set (m := if negb n then _ else _) in V.
  replace tm with (fst (built 2 m)) by (rewrite V; auto).
  replace outs with (snd (built 2 m)) by (rewrite V; auto).
  clear V. apply pairing_built; auto. unfold m; clear m. simpl app.
  assert (H0 : holds [x; s; y; dy] (0%nat, (e, si)) x) by (split; simpl; auto; lia).
  assert (H3 : holds [x; s; y; dy] (3%nat, (e, si)) dy) by (split; simpl; auto; lia).
  assert (A : dotp so (fun o => at_argmax w si x o dy) d
              = dotp si dy (jvp_select_and_scatter w [(e, si); (e, so)] (e, si) [x; s] [dx; d])).
  { rewrite dotp_comm, (dotp_comm si).
    apply (argmax_routing so si (fun o => argmax Rscal (window_at w si o) x) d dy).
    intros o i _ Ha. apply argmax_in in Ha. eapply window_at_inb; eauto. }
  destruct n; simpl negb; cbv iota.
  2:{ (* no cotangent needed: the source does not move *)
    apply wp_ret. pose proof (St 1%nat eq_refl) as Z. simpl in Z. subst d. rewrite dotp_tz_r in A.
    simpl map. cbn [pairing]. destruct n0; rewrite !Rplus_0_l; exact A. }
  assert (C : forall (r : option val) L' g, sum_holds (e, so) L' r g ->
    dotp so g d = dotp si dy (jvp_select_and_scatter w [(e, si); (e, so)] (e, si) [x; s] [dx; d]) ->
    pairing [(e, si); (e, so)] [n0; true] (map (option_map fst) [None; r]) [dx; d] L'
    = dotp si dy (jvp_select_and_scatter w [(e, si); (e, so)] (e, si) [x; s] [dx; d])).
  { intros r L' g Hr G. simpl map. cbn [pairing]. rewrite (contribution (e, so) L' r g d Hr), Rplus_0_r.
    destruct n0; rewrite Rplus_0_l; auto. }
  destruct (is_empty (e, so) || is_empty (e, si)) eqn:Em.
  { eapply wp_makes; [apply makes_zero|]. intros z L' X Tz Hz. apply wp_ret.
    apply C with (g := fun _ => 0). split; auto. rewrite dotp_0_l, <- A. symmetry.
    apply orb_prop in Em as [Em|Em]; apply Z.eqb_eq in Em; simpl in Em.
    - apply dotp_empty; auto.
    - rewrite dotp_comm. apply dotp_zero_r. intros o _. unfold at_argmax. rewrite window_at_empty; auto. }
  apply wp_bind. eapply (wp_source_cotangent w si T e x (sem_reduce_window Rscal RMax w si x) dy W); eauto.
  - intros o j _ Ha. unfold sem_reduce_window; simpl. rewrite Ha; auto.
  - intros r L' Hr. apply wp_ret. apply C with (g := fun o => at_argmax w si x o dy); auto.
Qed.
