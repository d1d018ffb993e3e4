(* The derivatives of pooling: it moves with the sum of a window, or with its first largest element. *)
From Coq Require Import Reals ZArith List Bool Lra Lia FunctionalExtensionality.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve Ops.WindowIndex.
Import ListNotations.
Open Scope R_scope.

(* What the typing of a window says: one dimension per axis, each one slides. *)
Record window_typed (w : list window_dim) (si : shape) : Prop := {
  wt_rank : length w = length si;
  wt_slides : Forall slides (window_slidings w si) }.

(* reduce_window's constraints; every window of a maximum has an element. *)
Lemma reduce_window_typed k w ats rt : infer (ReduceWindow k w) ats = Some rt ->
  exists e si, ats = [(e, si)] /\ rt = (e, window_counts (window_slidings w si)) /\ window_typed w si
    /\ (k = RMax -> windows_full (window_slidings w si) = true).
Proof.
  simpl. unfold infer_reduce_window. intros H. destruct ats as [|[e si] [|]]; try discriminate.
  typing H. exists e, si. repeat split; auto.
  - apply Nat.eqb_eq; auto.
  - apply sliding_ok_all; auto.
  - intros ->; auto.
Qed.
(* select_and_scatter's constraints: windows without dilation, none of them empty, one source element each *)
Lemma select_and_scatter_typed w ats rt : infer (SelectAndScatter w) ats = Some rt ->
  exists e si, let l := window_slidings w si in
    ats = [(e, si); (e, window_counts l)] /\ rt = (e, si) /\ window_typed w si /\ windows_full l = true
    /\ forallb (fun s => (d_base s =? 1)%Z && (d_dilation s =? 1)%Z) l = true.
Proof.
  simpl. unfold infer_select_and_scatter. intros H.
  destruct ats as [|[e si] [|[e' so] [|]]]; try discriminate.
  typing H. exists e', si. repeat split; auto.
  - apply Nat.eqb_eq; auto.
  - apply sliding_ok_all; auto.
Qed.

(* Not empty: a full window has a largest element. *)
Lemma window_argmax w si (x : tensor) o : window_typed w si ->
  windows_full (window_slidings w si) = true -> inb (window_counts (window_slidings w si)) o = true ->
  exists i, argmax Rscal (window_at w si o) x = Some i.
Proof.
  intros [H1 H2] F Ho. apply argmax_some. rewrite window_at_found; auto using inb_counts_length.
  destruct (windows_full_tap _ _ F Ho) as (k & i & Hk & T). intros E.
  assert (K : In i []); [|destruct K]. rewrite <- E.
  apply in_found. exists k. split; auto. apply in_indices; auto.
Qed.
Lemma window_at_inb w si o i : In i (window_at w si o) -> inb si i = true.
Proof. unfold window_at. intros H. apply filter_In in H as [H _]. apply in_indices; auto. Qed.

(* ---- reduce_window ---- *)
Definition jvp_reduce_window (k : reduction) (w : list window_dim) : jvp_fun := fun ats rt vs ds =>
  match map snd ats, vs, ds with
  | [si], [x], [dx] => fun o =>
      match k with
      | RAdd => Sum dx (window_at w si o)
      | RMax => match argmax Rscal (window_at w si o) x with Some i => dx i | None => 0 end
      end
  | _, _, _ => tz
  end.
(* A maximum: what ties for it moves alike. *)
Definition ok_reduce_window (k : reduction) (w : list window_dim) : ok_fun := fun ats rt vs ds =>
  match k, map snd ats, vs, ds with
  | RAdd, _, _, _ => True
  | RMax, [si], [x], [dx] => forall o, inb (snd rt) o = true -> largest_ok (window_at w si o) x dx
  | _, _, _, _ => False
  end.

(* (sum x)' = sum x'; (max x)' = x'[argmax] *)
Theorem reduce_window_deriv k w :
  deriv_spec (ReduceWindow k w) (jvp_reduce_window k w) (ok_reduce_window k w).
Proof.
  intros ats rt gs ds I F M K o Ho. destruct (reduce_window_typed _ _ _ _ I) as (e & si & -> & -> & _ & _).
  destruct gs as [|g [|]], ds as [|d [|]]; simpl in M; try tauto. destruct M as [M _].
  pose proof (moves_float _ _ _ M) as D. simpl. unfold sem_reduce_window. destruct k.
  - simpl. apply (Der_sum (fun i s => g s i) d). auto.
  - apply (Der_largest (window_at w si o) g d); auto.
Qed.
(* Integers do not move. *)
Theorem reduce_window_const k w : const_spec (ReduceWindow k w) (ok_reduce_window k w).
Proof.
  intros ats rt gs ds I F M _ o Ho. destruct (reduce_window_typed _ _ _ _ I) as (e & si & -> & -> & _ & _).
  destruct gs as [|g [|]], ds as [|d [|]]; simpl in M; try tauto. destruct M as [M _].
  generalize (moves_near _ _ _ M F). apply near_imp. intros t E. simpl. rewrite E; auto.
Qed.

(* ---- select_and_scatter ---- *)
Definition jvp_select_and_scatter (w : list window_dim) : jvp_fun := fun ats rt vs ds =>
  match map snd ats, vs, ds with
  | [si; so], [x; _], [_; dy] => sem_select_and_scatter Rscal w si so x dy
  | _, _, _ => tz
  end.
(* Each window has a strict maximum, so that what is selected does not change nearby. *)
Definition ok_select_and_scatter (w : list window_dim) : ok_fun := fun ats rt vs ds =>
  match map snd ats, vs with
  | [si; so], [x; _] => forall o, inb so o = true -> exists i, In i (window_at w si o) /\
      forall j, In j (window_at w si o) -> j <> i -> x j < x i
  | _, _ => False
  end.

(* Near a strict maximum the argmax stays. *)
Lemma near_argmax l (g : R -> tensor) (d : tensor) i : (forall j, Der (fun t => g t j) (d j)) ->
  In i l -> (forall j, In j l -> j <> i -> g 0 j < g 0 i) -> near (fun t => argmax Rscal l (g t) = Some i).
Proof.
  intros D Hi U.
  assert (N : near (fun t => forall j, In j l -> j <> i -> g t j < g t i)).
  { apply near_list. intros j Hj. destruct (ieqb j i) eqn:E.
    - apply ieqb_eq in E. apply near_true. tauto.
    - assert (j <> i). { intros ->. rewrite (proj2 (ieqb_eq i i) eq_refl) in E; discriminate. }
      generalize (Der_near_lt _ _ _ _ (D j) (D i) (U j Hj H)). apply near_imp; auto. }
  revert N; apply near_imp. intros t N. apply argmax_unique; auto.
Qed.
(* It is linear in the source. *)
Theorem select_and_scatter_deriv w :
  deriv_spec (SelectAndScatter w) (jvp_select_and_scatter w) (ok_select_and_scatter w).
Proof.
  intros ats rt gs ds I F M K i Hi.
  destruct (select_and_scatter_typed _ _ _ I) as (e & si & -> & -> & T & W & _).
  destruct gs as [|g [|h [|]]], ds as [|d [|dh [|]]]; simpl in M; try tauto. destruct M as (Mg & Mh & _).
  pose proof (moves_float _ _ _ Mg) as Dg. pose proof (moves_float _ _ _ Mh) as Dh. simpl in K |- *.
  unfold sem_select_and_scatter. set (so := window_counts (window_slidings w si)) in *.
  apply (Der_sum (fun o s => match argmax Rscal (window_at w si o) (g s) with
    | Some j => if ieqb j i then h s o else 0 | None => 0 end)).
  intros o Ho. apply in_indices in Ho. destruct (K o Ho) as (i0 & J & U).
  pose proof (near_argmax _ g d i0 Dg J U) as N. rewrite (argmax_unique _ _ _ J U). simpl in N.
  apply Der_ext_near with (f := fun s => if ieqb i0 i then h s o else 0).
  - revert N; apply near_imp. intros t ->; auto.
  - destruct (ieqb i0 i); auto using Der_const.
Qed.
Theorem select_and_scatter_const w : const_spec (SelectAndScatter w) (ok_select_and_scatter w).
Proof.
  intros ats rt gs ds I F M _ i Hi. destruct (select_and_scatter_typed _ _ _ I) as (e & si & -> & -> & _).
  destruct gs as [|g [|h [|]]], ds as [|d [|dh [|]]]; simpl in M; try tauto. destruct M as (Mg & Mh & _).
  generalize (near_and _ _ (moves_near _ _ _ Mg F) (moves_near _ _ _ Mh F)). apply near_imp.
  intros t [E1 E2]. simpl. rewrite E1, E2; auto.
Qed.

(* ---- the routing of an argmax ---- *)
(* <dy, dx at the argmax> = <dy scattered to the argmax, dx> *)
Theorem argmax_routing so si (am : idx -> option idx) dy dx :
  (forall o i, inb so o = true -> am o = Some i -> inb si i = true) ->
  dotp so dy (fun o => match am o with Some i => dx i | None => 0 end)
  = dotp si (fun i => Sum (fun o => match am o with Some j => if ieqb j i then dy o else 0 | None => 0 end)
                          (indices so)) dx.
Proof.
  intros H. set (rel := fun o i => match am o with Some j => ieqb j i | None => false end).
  transitivity (dotp so dy (linapp si rel dx)).
  - apply dotp_ext; auto. intros o Ho. unfold linapp, rel. destruct (am o) as [i0|] eqn:E.
    + rewrite <- (sum_delta ieqb ieqb_eq dx (indices si) i0); [|apply NoDup_indices|apply in_indices; eauto].
      apply sum_ext; intros i _. replace (ieqb i0 i) with (ieqb i i0); auto.
      apply eq_true_iff_eq. rewrite !ieqb_eq. intuition congruence.
    + symmetry. apply (sum_0 (indices si)).
  - rewrite lin_adjoint. apply dotp_ext; auto. intros i _. unfold linapp, rel. apply sum_ext; intros o _.
    destruct (am o); auto.
Qed.
