(* gather and scatter. Near a point the indices do not move, so the places stay, and both are linear: a gather
   copies, a scatter sums, and each is the other's adjoint. A scatter that replaces is linear too; that its
   template is the adjoint needs that no two updates have one place. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Base.Axes Syntax Ops.Op Ops.Curve.
From Pullback Require Import Ops.Builder Ops.BuilderProof Ops.Source Ops.Gather Ops.Pointwise Ops.SliceProof.
From Pullback Require Import Ops.DynamicProof Ops.IndexingPlaces Ops.IndexingEmit.
Import ListNotations.
Open Scope R_scope.

(* The tangents of the operands of floats, with the indices as they are. *)
Definition jvp_gather (n : window_numbers) (sizes : shape) (sorted : bool) : jvp_fun := fun ats rt vs ds =>
  match ats, vs, ds with
  | [t; ti], [_; v], [d; _] => sem_gather Rscal n sizes (snd t) (snd ti) d v
  | _, _, _ => tz
  end.
Definition jvp_scatter (k : scatter_update) (n : window_numbers) (sorted unique : bool) : jvp_fun :=
  fun ats rt vs ds =>
  match ats, vs, ds with
  | [t; ti; tu], [_; v; _], [d; _; e] => sem_scatter Rscal k n (snd t) (snd ti) (snd tu) d v e
  | _, _, _ => tz
  end.
Definition ok_gather (n : window_numbers) (sizes : shape) (sorted : bool) : ok_fun := everywhere.
(* No two updates that are written have one place. *)
Definition places_unique (si su : shape) (pl : idx -> idx) : Prop :=
  forall w w', inb su w = true -> inb su w' = true -> inb si (pl w) = true -> pl w = pl w' -> w = w'.
Definition ok_scatter (k : scatter_update) (n : window_numbers) (sorted unique : bool) : ok_fun :=
  fun ats rt vs ds =>
  match k, ats, vs with
  | UReplace, [t; ti; tu], [_; v; _] =>
      places_unique (snd t) (snd tu) (scatter_place Rscal n (snd t) (snd tu) (rank (snd ti)) v)
  | _, _, _ => True
  end.

(* ---- typing ---- *)
Lemma gather_typed n sizes o ats rt : infer (Gather n sizes o) ats = Some rt ->
  exists e si sx, ats = [(e, si); (I32, sx)] /\ lie n si sx /\ sliced n sizes si /\
  rt = (e, windows_shape n sx (pick (window_axes n (rank si)) sizes)).
Proof.
  simpl. unfold infer_gather. intros H. destruct ats as [|[e si] [|[ex sx] [|]]]; try discriminate.
  destruct (_ && _)%bool eqn:E in H; [|discriminate]. injection H as <-.
  rewrite !andb_true_iff in E. destruct E as (((((E1 & E2) & E3) & E4) & E5) & E6).
  apply elt_eqb_eq in E1; subst. exists e, si, sx. splits; auto using numbers_lie.
  pose proof (all2_length _ _ _ E3) as Ls. pose proof (all2_znth _ _ _ E3) as Zs. split; [|split].
  - unfold rank; lia.
  - intros d Hd. specialize (Zs d). unfold axis_of, rank in *. rewrite Ls in Zs. specialize (Zs Hd).
    apply andb_prop in Zs. lia.
  - rewrite forallb_forall in E4. intros d Hd. apply Z.eqb_eq, (E4 d Hd).
Qed.
Lemma scatter_typed k n o u ats rt : infer (Scatter k n o u) ats = Some rt ->
  exists e si sx su, ats = [(e, si); (I32, sx); (e, su)] /\ rt = (e, si) /\ lie n si sx /\
  shape_ok si = true /\ su = windows_shape n sx (pick (n_offset n) su) /\
  forall j, axis_of (n_offset n) j -> (znth su (znth (n_offset n) j) <= znth si (znth (window_axes n (rank
    si)) j))%Z.
Proof.
  simpl. unfold infer_scatter. intros H. destruct ats as [|[e si] [|[ex sx] [|[eu su] [|]]]]; try
    discriminate.
  destruct (_ && _)%bool eqn:E in H; [|discriminate]. injection H as <-.
  rewrite !andb_true_iff in E. destruct E as (((((((E1 & E2) & E3) & E4) & E5) & E6) & E7) & _).
  apply elt_eqb_eq in E1, E2. apply ieqb_eq in E7. subst ex eu. exists e, si, sx, su.
  splits; auto using numbers_lie. intros j Hj. pose proof (all2_znth _ _ _ E6 j) as Q.
  pose proof (all2_length _ _ _ E6) as Lq. unfold axis_of in *. rewrite !pick_length in *. specialize (Q Hj).
  rewrite !znth_pick in Q by (unfold axis_of; lia). lia.
Qed.

(* ---- derivatives ---- *)
Lemma gather_deriv n sizes o : deriv_spec (Gather n sizes o) (jvp_gather n sizes o) (ok_gather n sizes o).
Proof.
  intros ats rt gs ds T F M _ w _. apply gather_typed in T as (e & si & sx & -> & _ & _ & ->).
  destruct gs as [|g [|v [|]]], ds as [|d [|dv [|]]]; simpl in M; try tauto. destruct M as (M & Mv & _).
  apply Der_ext_near with (f := fun s => g s (gather_place Rscal n sizes si (rank sx) (v 0) w)).
  - generalize (moves_near _ _ _ Mv eq_refl). apply near_imp. intros s E. cbn. unfold sem_gather.
    rewrite E. reflexivity.
  - apply (moves_float _ _ _ M).
Qed.
Lemma gather_const n sizes o : const_spec (Gather n sizes o) (ok_gather n sizes o).
Proof.
  apply integers_const. intros ats rt T F. apply gather_typed in T as (e & si & sx & -> & _ & _ & ->).
  unfold integers, tfloat in *. cbn [forallb fst] in *. rewrite F. auto.
Qed.
(* The last update with place i, if any: it moves with its tangent. *)
Lemma replaced_der (l : list (idx * idx)) (i : idx) (g : R -> tensor) (d : tensor) (a : R -> R) da :
  (forall w, Der (fun s => g s w) (d w)) -> Der a da ->
  Der (fun s => fold_left (fun b p => if ieqb (fst p) i then g s (snd p) else b) l (a s))
      (fold_left (fun b p => if ieqb (fst p) i then d (snd p) else b) l da).
Proof.
  intros G. revert a da. induction l as [|[p w] l IH]; intros a da A; cbn [fold_left fst snd]; auto.
  destruct (ieqb p i); [apply (IH (fun s => g s w)); auto|apply IH; auto].
Qed.
Lemma scatter_deriv k n o u : deriv_spec (Scatter k n o u) (jvp_scatter k n o u) (ok_scatter k n o u).
Proof.
  intros ats rt gs ds T F M _ i _. apply scatter_typed in T as (e & si & sx & su & -> & -> & _).
  destruct gs as [|g [|v [|h [|]]]], ds as [|d [|dv [|f [|]]]]; simpl in M; try tauto.
  destruct M as (M & Mv & Mu & _).
  apply Der_ext_near with (f := fun s => sem_scatter Rscal k n si sx su (g s) (v 0) (h s) i).
  - generalize (moves_near _ _ _ Mv eq_refl). apply near_imp. intros s E. cbn. rewrite E. reflexivity.
  - pose proof (moves_float _ _ _ M) as G. pose proof (moves_float _ _ _ Mu) as H.
    unfold jvp_scatter, sem_scatter. cbn [snd]. destruct k.
    + apply additive_fan_in; [apply G|].
      apply (Der_sum (fun (p : idx * idx) s => if ieqb (fst p) i then h s (snd p) else s0 Rscal)).
      intros p _. destruct (ieqb (fst p) i); [apply H|apply Der_const].
    + apply (replaced_der _ i h f (fun s => g s i)); auto.
Qed.
Lemma scatter_const k n o u : const_spec (Scatter k n o u) (ok_scatter k n o u).
Proof.
  apply integers_const. intros ats rt T F. apply scatter_typed in T as (e & si & sx & su & -> & -> & _).
  unfold integers, tfloat in *. cbn [forallb fst] in *. rewrite F. auto.
Qed.

(* ---- what a scatter computes, by the places pl of the updates ---- *)
(* the sum of the updates with place i *)
Definition landed (su : shape) (pl : idx -> idx) (u : tensor) : tensor :=
  fun i => Sum (fun w => if ieqb (pl w) i then u w else 0) (indices su).
Definition hit (su : shape) (pl : idx -> idx) (i : idx) : bool := existsb (fun w => ieqb (pl w) i) (indices
  su).
Lemma scatter_add_at n si sx su (x v u : tensor) i :
  sem_scatter Rscal UAdd n si sx su x v u i = x i + landed su (scatter_place Rscal n si su (rank sx) v) u i.
Proof. unfold sem_scatter, updates_at, landed. cbn [sadd Rscal]. rewrite sum_map. reflexivity. Qed.
Lemma sum_cons (g : idx -> R) a l : Sum g (a :: l) = g a + Sum g l.
Proof. reflexivity. Qed.
Lemma no_hit_sum l (pl : idx -> idx) (u : tensor) i : existsb (fun w => ieqb (pl w) i) l = false ->
  Sum (fun w => if ieqb (pl w) i then u w else 0) l = 0.
Proof.
  induction l as [|w l IH]; simpl; auto. intros H. apply orb_false_iff in H as [H1 H2].
  rewrite H1, IH by auto. lra.
Qed.
(* If at most one update has place i then it is there, and else the operand. *)
Lemma replaced_at l (pl : idx -> idx) (u : tensor) i x : NoDup l ->
  (forall w w', In w l -> In w' l -> pl w = i -> pl w' = i -> w = w') ->
  fold_left (fun a p => if ieqb (fst p) i then u (snd p) else a) (map (fun w => (pl w, w)) l) x
  = if existsb (fun w => ieqb (pl w) i) l then Sum (fun w => if ieqb (pl w) i then u w else 0) l else x.
Proof.
  revert x. induction l as [|w l IH]; intros x N U; auto. inversion N; subst.
  cbn [map fold_left fst snd existsb]. assert (U' : forall a b, In a l -> In b l -> pl a = i -> pl b = i ->
    a = b)
    by (intros; apply U; simpl; auto). rewrite IH by auto.
  destruct (ieqb (pl w) i) eqn:E; cbn [orb].
  - assert (Z : existsb (fun w => ieqb (pl w) i) l = false).
    { destruct (existsb _ l) eqn:Q; auto. apply existsb_exists in Q as (w' & Hw & E').
      apply ieqb_eq in E, E'. assert (w = w') by (apply U; simpl; auto). subst; tauto. }
    rewrite Z, sum_cons, E, no_hit_sum by auto. lra.
  - destruct (existsb _ l); auto. rewrite sum_cons, E. lra.
Qed.
Lemma scatter_replace_at n si sx su (x v u : tensor) i :
  let pl := scatter_place Rscal n si su (rank sx) v in places_unique si su pl -> inb si i = true ->
  sem_scatter Rscal UReplace n si sx su x v u i = if hit su pl i then landed su pl u i else x i.
Proof.
  intros pl U Hi. unfold sem_scatter, updates_at. apply (replaced_at (indices su) pl u i (x i)).
  apply NoDup_indices. intros w w' Hw Hw' E E'. apply in_indices in Hw, Hw'.
  apply U; auto; [rewrite E; auto|congruence].
Qed.
(* <dy, what landed> = <dy at the places within bounds, u> *)
Definition taken (si : shape) (pl : idx -> idx) (dy : tensor) : tensor :=
  fun w => if inb si (pl w) then dy (pl w) else 0.
Lemma landed_adjoint si su pl dy (u : tensor) : dotp si dy (landed su pl u) = dotp su (taken si pl dy) u.
Proof.
  change (landed su pl u) with (linapp su (fun i w => ieqb (pl w) i) u). rewrite lin_adjoint.
  apply dotp_ext; auto. intros w _. unfold linapp, taken.
  rewrite (sum_ext _ (fun i => if ieqb i (pl w) then dy i else 0)).
  2:{ intros i _. replace (ieqb (pl w) i) with (ieqb i (pl w)); auto.
      apply eq_true_iff_eq. rewrite !ieqb_eq. split; auto. }
  destruct (inb si (pl w)) eqn:E.
  - apply (sum_delta ieqb ieqb_eq); auto using NoDup_indices. apply in_indices; auto.
  - rewrite (sum_ext _ (fun _ => 0)). apply sum_0. intros i Hi. apply in_indices in Hi.
    destruct (ieqb i (pl w)) eqn:Q; auto. apply ieqb_eq in Q. congruence.
Qed.
